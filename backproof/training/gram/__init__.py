"""Training with the first layer in the span of the examples: by its coordinates, out of which weights are formed.

Its engines are those of the direct form, but for the gradient; whoever asks for W1 gets it formed, once an update. The
weights at rest are the initial ones, drawn anew from the seed; the coordinates stand in the checkpoint.
"""
