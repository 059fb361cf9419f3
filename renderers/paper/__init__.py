"""Pages as files for paper and mail: PDF and pictures, drawn without a browser."""
