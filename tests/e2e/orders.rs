//! Whole operations: what becomes of a node, of what surrounds it, and of what is said about it,
//! when everything goes well and when it does not.

mod commands;
mod faults;
mod killed;
mod nova;
mod real;
mod scene;
mod thousand;
mod trouble;
