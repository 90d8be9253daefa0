//! The gateway between a client and Ironic: nothing changes for what is admitted, nothing
//! arrives of what is refused, and everything is accounted for.

mod admin;
mod bodies;
mod errors;
mod headers;
mod hostile_writes;
mod logs;
mod protocols;
mod records;
mod refusals;
mod streams;
mod tls;
