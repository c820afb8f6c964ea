"""What `niche COMMAND` offers: each module tells the parser of its commands, and runs them."""
