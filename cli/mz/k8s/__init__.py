"""`./mz k8s`: renders the manifests of k8s/ and judges them without a cluster."""
