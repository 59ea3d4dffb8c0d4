"""One file per question; every figure beside its baseline from the same run."""
