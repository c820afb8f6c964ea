"""What one notebook alone needs."""
