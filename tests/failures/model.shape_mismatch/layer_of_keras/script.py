def call(shape):
    if shape[-1] != 8:
        raise ValueError(
            'Input 0 of layer "dense" is incompatible with the layer: expected axis -1 of input '
            f"shape to have value 8, but received input with shape {shape}"
        )


call((None, 5))
