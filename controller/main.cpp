// The program's entry: nothing but the hand-over to the command line.
int main() { return 0; }
