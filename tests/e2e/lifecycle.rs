//! From the first look at a configuration to the last request: what an operator does with the
//! command.

mod check;
mod commands;
mod limits;
mod reload;
mod stop;
