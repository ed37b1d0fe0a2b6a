"""The check of catalog-info.yaml and of the Software Template with Backstage's own packages."""
