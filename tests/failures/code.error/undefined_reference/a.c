void fused_adam(void);
int main(){ fused_adam(); return 0; } 
