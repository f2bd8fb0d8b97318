"""What Concord's API is measured beside: a typical build on Django REST framework, and the floor."""
