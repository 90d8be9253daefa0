//! End to end: real listeners, real components, a real Ironic where behaviour matters. One
//! module for each feature.
