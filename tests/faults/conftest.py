"""Real faults: processes killed, frozen and restarted, and disks filled. `make test-faults` runs them."""

import pytest

from tests.faults.cluster import Cluster
from tests.servers import MailServer, free_port


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.kill()


@pytest.fixture
def mail():
    server = MailServer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def installed(cluster, tmp_path_factory):
    """Tables and the places of Nanhu in the cluster, and static files collected: once a run."""
    from tests.faults.portal import Portal  # apps are ready only now

    portal = Portal(cluster, tmp_path_factory.mktemp("installing"), free_port())
    portal.manage("migrate", "--verbosity=0")
    portal.manage("load_demo")
    portal.manage("collectstatic", "--no-input", "--verbosity=0")
    portal.close()


@pytest.fixture
def portal(cluster, installed, mail, tmp_path):
    """The portal, of which nothing runs yet, and whose mail arrives at `mail`."""
    from tests.faults.portal import Portal  # apps are ready only now

    cluster.ask(
        "UPDATE foundation_outboxmessage SET status = 'undeliverable' WHERE status = 'waiting'"
    )  # of other tests
    made = Portal(cluster, tmp_path, free_port(), EMAIL_URL=mail.address)
    yield made
    made.close()
