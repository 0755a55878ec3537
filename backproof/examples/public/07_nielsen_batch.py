"""In the manner of Nielsen's book: lists of weights and biases, one example at a time, gradients summed over the batch."""

import numpy as np

X: "m, n_0, 1"
Y: "m, n_2, 1"
W1: "n_1, n_0"
b1: "n_1, 1"
W2: "n_2, n_1"
b2: "n_2, 1"


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def backprop(x, y):
    activation = x
    activations = [x]
    zs = []
    for w, b in zip(weights, biases):
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = sigmoid(z)
        activations.append(activation)
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].transpose())
    delta = np.dot(weights[-1].transpose(), delta) * sigmoid_prime(zs[-2])
    nabla_b[-2] = delta
    nabla_w[-2] = np.dot(delta, activations[-3].transpose())
    return nabla_b, nabla_w


weights, biases = [W1, W2], [b1, b2]
J = 0
for x, y in zip(X, Y):
    J += 0.5 * np.sum((sigmoid(W2 @ sigmoid(W1 @ x + b1) + b2) - y) ** 2) / m

dW1, dW2 = np.zeros(W1.shape), np.zeros(W2.shape)
db1, db2 = np.zeros(b1.shape), np.zeros(b2.shape)
for x, y in zip(X, Y):
    nabla_b, nabla_w = backprop(x, y)
    dW1 += nabla_w[0] / m
    dW2 += nabla_w[1] / m
    db1 += nabla_b[0] / m
    db2 += nabla_b[1] / m
