//! What wasmtime makes of the contract in `wit/`.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "policy-validator",
    imports: { default: trappable },
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: false },
});
