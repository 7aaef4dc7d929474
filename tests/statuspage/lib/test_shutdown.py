import os

from statuspage.lib import shutdown


def test_a_child_sees_what_its_parent_is_told_later():
    """As a worker's children do."""
    asks, asked = os.pipe()
    child = os.fork()
    if not child:
        os.read(asks, 1)
        os._exit(shutdown.is_begun())
    assert not shutdown.is_begun()
    shutdown.begin()
    os.write(asked, b"!")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    os.close(asks)
    os.close(asked)
