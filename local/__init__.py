"""What is elsewhere in production, on this machine: object stores, the service, the demo."""
