"""Models that ship: data, one folder each (model.toml, labels, .tflite, card, recipe)."""
