return { fold = 5 }
