"""Turn the service into a container image, and run that image."""
