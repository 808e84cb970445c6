"""Docstrings' parts that learners share."""

from __future__ import annotations

# The parameters of all learners, and the attributes of a fitted one.
_SHARED = """preprocess : str, default="auto"
        Steps before the metric, fitted on the training rows and part of the model, comma-separated: "standardize",
        "minmax", "center", "unit", "pca:50", "pca:0.95", "whiten", "none"; "auto" is "standardize" if the
        largest standard deviation of a column is more than 4 times the median one, else "center".
    preprocessor : array-like or callable, optional
        Turns indices of points into points, as in metric-learn; unrelated to `preprocess`.
    random_state : int, RandomState or None, default=0
        An integer is the seed, `--seed` of the command line: the same seed gives the same bits. None draws a new seed
        at each fit.
    verbose : bool, default=False
        Show a progress bar.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        L with M = L^T L: distances are \\|L (x - x')\\|_2. It applies to raw rows, as the
        preprocessing is folded in; to preprocessed rows if a step of the preprocessing is not affine ("unit").
    offset_ : ndarray of shape (n_components,) or None
        What mapped preprocessed rows have beyond `X @ components_.T`. It changes no distance, and `transform` leaves it
        out. None if a step of the preprocessing is not affine.
    model_ : Model
        Everything that prediction needs; `model_.save` writes a file that the command line reads.
    termination_ : Termination
        Why the fit stopped, with the objective.
    n_iter_ : int
        Iterations of the solver; 0 for closed forms.
    objective_trace_ : ndarray of shape (n, 2)
        Iteration and objective.
    derived_ : dict of str to float
        Values that were derived from the data, such as `perturbation_weight`.
    n_features_in_, feature_names_in_
        As in scikit-learn."""

_PERTURBATION = """perturbation_weight : float, "auto" or "auto*FACTOR", optional
        lambda, the weight of the perturbation loss; "auto" chooses it on rows left out, among
        0, 0.03, 0.1, 0.3 and 1 times the derived lambda, which makes the loss ten times the rest of the objective at the start.
        None leaves the loss out. The loss of a triplet with g < 0 is the constant tau^2.
    perturbation_margin : float, "auto" or "auto*FACTOR", default="auto"
        tau, the adversarial margin that triplets should reach, in units of the preprocessed rows; "auto" is the 0.9
        quantile of the margins at the start."""

_SOLVER = """max_iter : int, default=1000
        Largest number of iterations. A fit that stops there issues a ConvergenceWarning.
    tol : float, default=1e-4
        The fit stops when the relative decrease of the objective over five iterations is below this."""


def documented(text: str) -> str:
    """The docstring of a learner with the shared parts."""
    for place, part in {"{shared}": _SHARED, "{perturbation}": _PERTURBATION, "{solver}": _SOLVER}.items():
        text = text.replace(place, part)
    return text
