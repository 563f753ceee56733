"""How good a model is: metrics, behaviour checks, the ledger of test evaluations."""
