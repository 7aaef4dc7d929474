"""What load balancers, monitors and Prometheus ask."""
