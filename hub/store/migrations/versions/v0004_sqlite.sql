CREATE TABLE camera_looks (
  slot TEXT NOT NULL,
  camera TEXT NOT NULL,
  until TEXT NOT NULL,
  event_id TEXT NOT NULL,
  body BLOB NOT NULL,
  CONSTRAINT pk_camera_looks PRIMARY KEY (slot, camera, until, event_id)
)
