"""The doors for load balancers, monitors and Prometheus."""
