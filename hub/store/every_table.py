"""All tables of the hub: whoever makes or compares a whole schema imports `metadata` from here."""

import hub.store.duty_tables
import hub.store.flow_tables
import hub.store.kpi_tables
import hub.store.notice_tables
import hub.store.order_tables  # noqa: F401 - tables belong to the metadata once they are imported
from hub.store.tables import metadata

__all__ = ["metadata"]
