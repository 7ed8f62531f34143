"""The notification service as an ASGI app."""

from __future__ import annotations

from fastapi import FastAPI

from common.web.app import Job, create_app
from notification import jobs
from notification.api import ROUTERS
from notification.jobs.dispatch import dispatch, measure
from notification.jobs.hooks import send_hooks
from notification.jobs.reports import forget_reports, read_reports
from notification.runtime import NotificationRuntime
from notification.serving.clocks import watch_services
from notification.serving.hearing import follow_deliveries
from notification.serving.orders import follow_orders
from notification.serving.recalling import call_back
from notification.serving.sending import send_begun
from notification.telling.work import JOBS as NOTICES


def create(runtime: NotificationRuntime) -> FastAPI:
    """The app of this service over `runtime`."""
    work = [
        *NOTICES,
        Job("services", follow_orders),
        Job("service-sending", send_begun),
        Job("service-hearing", follow_deliveries),
        Job("service-recalling", call_back),
        Job("service-clocks", watch_services, every_s=5),
        Job("erasures", jobs.follow_erasures),
        Job("entries", jobs.thin_out_inboxes, every_s=3600),
        Job("deliveries", dispatch, everywhere=True),
        Job("speeds", measure, every_s=30, everywhere=True),
        Job("reports", read_reports),
        Job("hooks", send_hooks),
        Job("forget-reports", forget_reports, every_s=3600),
    ]
    start, stop = jobs.look_again, NotificationRuntime.stop
    return create_app(runtime, routers=ROUTERS, jobs=work, starting=start, stopping=stop)
