"""How the science becomes notebooks, figures, pages and reports."""
