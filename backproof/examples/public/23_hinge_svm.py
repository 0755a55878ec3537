"""In the notation of the CS231n linear classifier: the multiclass hinge loss, vectorised, with weight decay."""

import numpy as np

X: "N, D"
y: "N in {0, 1, 2}"
W: "D, 3"
reg = 0.1

y = y.astype(int)
scores = X.dot(W)
correct = scores[np.arange(N), y][:, np.newaxis]
margins = np.maximum(0, scores - correct + 1.0)
margins[np.arange(N), y] = 0
J = margins.sum() / N + reg * np.sum(W * W)

mask = (margins > 0).astype(float)
mask[np.arange(N), y] = -mask.sum(axis=1)
dscores = mask / N
dW = X.T.dot(dscores) + 2 * reg * W
