"""From a stack's file to the model, or to lines for people."""
