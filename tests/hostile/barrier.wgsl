fn objective() -> real {
    workgroupBarrier();
    return x(0);
}
