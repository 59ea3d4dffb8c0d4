"""From a model's output tensors to boxes, classes or text: pure numpy, one module a convention."""
