from django.urls import path

from wattkeeper.greenbutton import views
from wattkeeper.greenbutton.links import RESOURCE
from wattkeeper.greenbutton.routes import ROUTES

app_name = "greenbutton"
urlpatterns = [
    path(f"{RESOURCE}/ReadServiceStatus", views.service_status, name="status"),
    path(f"{RESOURCE}/ReadServiceStatus/", views.service_status),
]
for route in ROUTES:
    view = views.endpoint(route)
    urlpatterns += [path(f"{RESOURCE}/{route.path}", view, name=route.name), path(f"{RESOURCE}/{route.path}/", view)]
urlpatterns.append(path(f"{RESOURCE}/<path:rest>", views.unknown, name="unknown"))
