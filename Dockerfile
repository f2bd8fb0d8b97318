FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    VAR=/var/lib/concord BIND=0.0.0.0

RUN useradd --system --create-home --uid 1000 concord && install -d -o concord /var/lib/concord/documents /var/lib/concord/snapshots
WORKDIR /app

COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock

COPY . .
# Static files belong to the image, so that they are always those of its code. The key made on the way is thrown away.
RUN python bin/prepare --messages \
 && python manage.py collectstatic --noinput --verbosity 0 \
 && rm -f "$VAR/secret_key" \
 && chown -R concord: "$VAR"

USER concord
EXPOSE 8000
CMD ["bin/proc", "web"]
