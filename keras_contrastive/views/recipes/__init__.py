"""Views as published, one function a paper."""
