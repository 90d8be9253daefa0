//! What the end-to-end tests share: the guests that were built, a gateway to talk to, and an
//! Ironic that does as it is told.
