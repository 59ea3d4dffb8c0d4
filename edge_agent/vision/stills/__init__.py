"""Picture files from anywhere: looked at before they are decoded, upright afterwards; boxes drawn on them."""
