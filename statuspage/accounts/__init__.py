"""The staff: who they are, what they may do, and their log-in: slowed for whoever guesses, never shut for whoever knows
the password."""
