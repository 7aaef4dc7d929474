"""The log-in of the staff: slowed for whoever guesses, never shut for whoever knows the password."""
