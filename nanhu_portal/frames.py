"""Room for the frames of deep calls, in one piece.

CPython keeps the frames of a thread in pieces of 16 KB. Where a loop calls across the end of a piece, each call maps a
new one and gives it back, which happens in every template of some depth: https://github.com/python/cpython/issues/142183
"""


def in_one_piece(call, *args, **kwargs):
    """Call `call(*args, **kwargs)`, and return what it returns, with 250 KB for the frames of all that it calls.

    That is several times what the deepest of our pages takes; deeper calls would take pieces as before.
    """
    return call(*args, **kwargs)


# A piece of 16 KB is doubled until the next frame fits: 264 KB take one of 512 KB.
in_one_piece.__code__ = in_one_piece.__code__.replace(co_stacksize=33_000)
