"""In the notation of the CS231n case study: N x D rows, scores, probs, integer labels, decay added in place."""

import numpy as np

X: "N, D"
y: "N in {0, 1, 2}"
W: "D, h"
b: "1, h"
W2: "h, 3"
b2: "1, 3"
reg: "() > 0"

y = y.astype(int)
num_examples = X.shape[0]

hidden_pre = np.dot(X, W) + b
hidden_layer = np.maximum(0, hidden_pre)
scores = np.dot(hidden_layer, W2) + b2
exp_scores = np.exp(scores)
probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
correct_logprobs = -np.log(probs[range(num_examples), y])
data_loss = np.sum(correct_logprobs) / num_examples
reg_loss = 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)
J = data_loss + reg_loss

dscores = probs.copy()
dscores[range(num_examples), y] -= 1
dscores /= num_examples
dW2 = np.dot(hidden_layer.T, dscores)
db2 = np.sum(dscores, axis=0, keepdims=True)
dhidden_layer = np.dot(dscores, W2.T)
dhidden_pre = dhidden_layer.copy()
dhidden_pre[hidden_layer <= 0] = 0
dW = np.dot(X.T, dhidden_pre)
db = np.sum(dhidden_pre, axis=0, keepdims=True)
dW2 += reg * W2
dW += reg * W
