"""What a parameter of a function stands for, told by the names that people give it."""

import re

from ..mean.suppose import UPSTREAM

SIZE = r"(size|dim|nodes|units|neurons|features|layer\w*|shape|n)"
SET = r"(train|test|valid\w*|batch|data|input|in|set)"
KINDS = {  # patterns with blanks between them; the first kind that matches counts
    "upstream": UPSTREAM.pattern.removesuffix(r"\Z") + r" d_?values d_?output\w* (output|next)_?(error|delta) error",
    "pairs": r"training_data train_data mini_?batch (train(ing)?_)?pairs",
    "examples": rf"x xs x_?{SET} {SET}_?x inputs? inputs?_(data|list|vector|values|array|x) data features? images?"
    r" examples? samples? a_?0 training_inputs? predictors observations signal",
    "labels": rf"y ys t d y_?(true|actual|{SET}) t_?{SET} {SET}_?[yt] true_?y (class_?)?labels? targets? targets?_\w+"
    r" expected\w* desired\w* truth ground_?truth training_outputs? answers? actual teach\w*",
    "sizes": r"layers? sizes layers?_?(dims?|sizes?|units|nodes|list|config) layout dims dimensions architecture"
    r" topology structure (units|neurons)_per_layer network_?(shape|structure|size) shape n_?(units|neurons)_?list",
    "n_in": rf"n_?(x|in|inputs?|features?|0) n_?in(put)?_\w+ in(puts?)?_?{SIZE} num_?(inputs?|features?|input_\w+)"
    r" dim_?in inodes nn_input_dim",
    "hidden_sizes": r"hidden_?(layers?_?)?(sizes|dims|layers|list|size_list|nodes_list)",
    "n_hidden": rf"n_?(h|1) n_?hidden\w* hidden hidden_?{SIZE} num_?hidden\w* hnodes h_?(dim|size) nn_hdim units"
    r" neurons n_neurons",
    "n_out": rf"n_?(y|2|classes) n_?out\w* k (num_?)?class(es)? out(puts?)?_?{SIZE} num_?(outputs?|labels?|output_\w+)"
    r" dim_?out onodes nn_output_dim",
    "rate": r"lr l_?rate alpha eta learn\w*_?rate learning rate step(_?size)? epsilon",
    "count": r"epochs? (n|num|no|number|max)_?(of_?)?(iters?|iterations?|epochs?|steps) iters? iterations? steps times",
    "batch": r"(mini_?)?batch_?size",
    "small": r"lam\w* reg\w* l[12]\w* \w*decay weight_init_std std momentum beta[12] rho",
    "cache": r"caches? \w+_cache ctx context saved",
    "mode": r"(bn|ln|gn|dropout)_param",
    "per_feature": r"gamma beta shift scale",
    "m": r"m n_?samples num_?(samples|examples) n_?examples",
    "flag": r"print_?\w* verbose plot\w* debug show\w* shuffle use_\w+ is_\w+ train(ing)?(_flg)? log\w*",
    "seed": r"(random_?)?(seed|state)",
    "slope": r"\w*(prime|deriv\w*) d_?act\w* act\w*_(d|grad\w*|back\w*)",
    "activation": r"act\w* g f fn func\w* transfer\w* nonlin\w*",
    "output": r"y_?(hat|pred\w*|out) pred\w* a_?[l2] a out outputs? probs? probabilities scores logits o",
    "weight": r"w ws weights? thetas? coef\w* w_?\d",
    "bias": r"b bias(es)? intercept b_?\d",
}
PATTERNS = {kind: re.compile(rf"(?:{'|'.join(patterns.split())})\Z", re.IGNORECASE) for kind, patterns in KINDS.items()}


def kind_of(name: str) -> str:
    """Return what a parameter stands for; an empty word where its name does not say."""
    bare = name.strip("_")
    return next((kind for kind, pattern in PATTERNS.items() if pattern.match(bare)), "")
