"""Documents made from definitions and their schema.

Editors get a JSON Schema, people get reference pages of the language and a diagram of each process. All of them are
generated from the models and the definitions, so that they can't disagree with the loader.
"""
