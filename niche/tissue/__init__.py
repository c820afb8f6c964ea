"""A slice of marrow in two dimensions: where nerves meet tumour. It shares names, rates and numbers with `niche.model`."""
