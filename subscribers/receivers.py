"""What happens elsewhere and concerns the subscribers: a doorbell is rung after the commit."""
