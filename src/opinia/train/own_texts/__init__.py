"""Training on texts of one's own: settings that suit them, an estimator, folds, and what came of it."""
