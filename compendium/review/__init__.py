"""A reviewer's report: everything run again beside the committed results, and what differs, on one page."""
