"""The rules by which a claim is judged, and the judging."""
