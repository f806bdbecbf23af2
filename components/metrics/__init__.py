"""Figures for Prometheus: what each process counts, and how a container's counts reach the page that is scraped."""
