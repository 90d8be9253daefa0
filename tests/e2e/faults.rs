//! Everything that can go wrong on either side of the gateway: each fault has one right answer,
//! in bounded time, and leaves nothing behind.

mod clients;
mod framing;
mod ironic;
