"""Which measurements speak to a question: who is asked about, what is done to them, what is read, for how long."""
